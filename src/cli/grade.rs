//! `gradproof grade`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use crate::grade::assignment::{Assignment, Gravity, Language, TEMPLATE, parse, try_out};
use crate::grade::class::{Grader, Run, Shard, merge, run as grade_class, write_whole};
use crate::grade::code::rust::{Toolchain, write_interface};
use crate::grade::code::{Engine, Runner};
use crate::grade::report::{Format, bundle};
use crate::grade::sandbox::{Isolation, Limits, SandboxError};
use crate::grade::score::Overrides;
use crate::grade::submission::{Roster, discover};

/// Arguments of `gradproof grade`.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,

    /// The assignment (Markdown; `--new` writes one to start from).
    assignment: Option<PathBuf>,

    /// Folders that hold hand-ins, or hand-ins: files, archives.
    submissions: Vec<PathBuf>,

    /// Where results go; a second run there goes on where the first ended.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// The students, as a CSV file: id, first_name, last_name, email, submission, submitted.
    #[arg(long, value_name = "CSV")]
    roster: Option<PathBuf>,

    /// What persons decided [default: overrides.toml in the output folder].
    #[arg(long, value_name = "TOML")]
    overrides: Option<PathBuf>,

    /// What to write for each hand-in besides JSON: html, markdown, gradescope, classroom,
    /// prairielearn, junit, or all.
    #[arg(
        long,
        value_name = "FORMATS",
        value_delimiter = ',',
        default_value = "html,markdown"
    )]
    format: Vec<String>,

    /// Grade only this part again; may be repeated. Others keep their results.
    #[arg(long, value_name = "PART")]
    only: Vec<String>,

    /// Leave hand-ins alone that have a result and did not change since (RFC 3339).
    #[arg(long, value_name = "TIME")]
    since: Option<String>,

    /// Grade only a piece of the class: 3/64 is the third of 64. `grade merge` joins them.
    #[arg(long, value_name = "K/N", default_value = "1/1")]
    shard: String,

    /// Everything given is one student's hand-in.
    #[arg(long)]
    one: bool,

    /// The Python interpreter for students' code; it needs NumPy.
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    python: PathBuf,

    /// Do not run any code: parts that ask for it wait for a person.
    #[arg(long)]
    no_code: bool,

    /// Run students' code with your own rights. Only on a machine that holds nothing else of value.
    #[arg(long)]
    no_sandbox: bool,

    /// Write a new assignment to start from.
    #[arg(long)]
    new: bool,

    /// Try the assignment out: its givens, what it asks for, the answers it gives.
    #[arg(long = "try")]
    try_out: bool,

    /// Write an autograder to upload: gradescope.
    #[arg(long, value_name = "SYSTEM")]
    bundle: Option<String>,

    /// Write the crate that hand-ins in Rust implement, for students to build against.
    #[arg(long)]
    rust_interface: bool,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Join the results of shards into one folder.
    Merge {
        /// The assignment.
        assignment: PathBuf,
        /// The output folders of the shards.
        from: Vec<PathBuf>,
        /// Where the joined results go.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// As for grading.
        #[arg(long, value_delimiter = ',', default_value = "html,markdown")]
        format: Vec<String>,
    },
}

pub(super) fn run(args: Args) -> ExitCode {
    match act(args) {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("gradproof grade: {error}");
            ExitCode::from(2)
        }
    }
}

fn act(args: Args) -> Result<u8, String> {
    if let Some(Command::Merge { assignment, from, out, format }) = &args.command {
        let assignment = read(assignment)?;
        let formats = formats(format)?;
        let count =
            merge(&assignment, from, out, &formats).map_err(|error| error.to_string())?;
        println!("{count} results in {}", out.display());
        return Ok(0);
    }
    let needed = "name the assignment: gradproof grade ASSIGNMENT HAND-INS --out DIR (or --new to \
                  write one)";
    let path = args.assignment.as_deref();
    if args.new {
        return new(path.unwrap_or(Path::new("assignment.md")));
    }
    if args.rust_interface {
        let out = args.out.as_deref().unwrap_or(Path::new("gradproof_module"));
        write_interface(out)
            .map_err(|error| format!("{} cannot be written: {error}", out.display()))?;
        println!("{} is the crate that hand-ins depend on", out.display());
        return Ok(0);
    }
    let path = path.ok_or(needed)?;
    let assignment = read(path)?;
    if args.try_out {
        return Ok(report_trial(path, &assignment));
    }
    if let Some(system) = &args.bundle {
        let out = args.out.as_deref().ok_or("--bundle needs --out DIR")?;
        return write_bundle(system, &assignment, out);
    }
    grade(args, assignment)
}

fn read(path: &Path) -> Result<Assignment, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    parse(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn formats(names: &[String]) -> Result<Vec<Format>, String> {
    if names.iter().any(|name| name == "all") {
        return Ok(Format::ALL.to_vec());
    }
    let mut all = vec![Format::Json];
    for name in names.iter().filter(|name| !name.is_empty()) {
        let format = Format::from_name(name).ok_or_else(|| {
            let known: Vec<&str> =
                Format::ALL.iter().map(|format| format.name()).collect();
            format!("--format {name}: there are {} and all", known.join(", "))
        })?;
        all.push(format);
    }
    all.sort();
    all.dedup();
    Ok(all)
}

fn new(path: &Path) -> Result<u8, String> {
    if path.exists() {
        return Err(format!("{} exists already; it is left as it is", path.display()));
    }
    write_whole(path, TEMPLATE.as_bytes())
        .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    println!("{} is written; try it with: gradproof grade --try {0}", path.display());
    Ok(0)
}

fn report_trial(path: &Path, assignment: &Assignment) -> u8 {
    let concerns = try_out(assignment);
    for concern in &concerns {
        let word = match concern.gravity {
            Gravity::Fine => "fine",
            Gravity::Warning => "warning",
            Gravity::Error => "error",
        };
        println!("{}:{}: {word}: {}", path.display(), concern.line, concern.text);
    }
    let worst = concerns.iter().map(|concern| concern.gravity).max();
    println!(
        "{} parts, {} points; {}",
        assignment.parts.len(),
        assignment.points(),
        if worst == Some(Gravity::Error) { "not ready" } else { "ready to grade by" }
    );
    u8::from(worst == Some(Gravity::Error))
}

fn write_bundle(system: &str, assignment: &Assignment, out: &Path) -> Result<u8, String> {
    if system != "gradescope" {
        return Err(format!("--bundle {system}: there is gradescope"));
    }
    let fails = |path: &Path, error: std::io::Error| {
        format!("{} cannot be written: {error}", path.display())
    };
    std::fs::create_dir_all(out).map_err(|error| fails(out, error))?;
    for (name, text) in bundle(assignment) {
        let path = out.join(name);
        write_whole(&path, text.as_bytes()).map_err(|error| fails(&path, error))?;
        executable(&path, name != "assignment.md")
            .map_err(|error| fails(&path, error))?;
    }
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let program = out.join("gradproof");
    std::fs::copy(&own, &program).map_err(|error| fails(&program, error))?;
    println!(
        "{0} holds an autograder: zip its files (not the folder) and upload it to Gradescope",
        out.display()
    );
    Ok(0)
}

#[cfg(unix)]
fn executable(path: &Path, yes: bool) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = if yes { 0o755 } else { 0o644 };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn executable(_path: &Path, _yes: bool) -> std::io::Result<()> {
    Ok(())
}

fn grade(args: Args, assignment: Assignment) -> Result<u8, String> {
    let out = args.out.clone().ok_or("say where results go: --out DIR")?;
    if args.submissions.is_empty() && args.roster.is_none() {
        return Err("name the hand-ins: a folder that holds them, or files".into());
    }
    for part in &args.only {
        if assignment.part(part).is_none() {
            let ids: Vec<&str> =
                assignment.parts.iter().map(|part| part.id.as_str()).collect();
            return Err(format!("--only {part}: the parts are {}", ids.join(", ")));
        }
    }
    let roster = match &args.roster {
        Some(path) => Roster::read(path).map_err(|error| error.to_string())?,
        None => Roster::default(),
    };
    let overrides = args.overrides.clone().unwrap_or_else(|| out.join("overrides.toml"));
    let overrides = Overrides::read(&overrides)?;
    let run = Run {
        out: out.clone(),
        shard: Shard::parse(&args.shard)?,
        only: args.only.clone(),
        since: args.since.as_deref().map(moment).transpose()?,
        formats: formats(&args.format)?,
    };
    let found = discover(&args.submissions, args.one)?;
    let engine = if assignment.has_code() && !args.no_code {
        Some(engine(&args, &assignment)?)
    } else {
        None
    };
    let grader = Grader::new(assignment, roster, overrides, engine)
        .map_err(|error| error.to_string())?;
    let mut kept: Vec<&Path> = args.submissions.iter().map(PathBuf::as_path).collect();
    kept.push(&out);
    grader.refuse_exposed(&kept).map_err(|error| error.to_string())?;
    let outcome =
        grade_class(&grader, &found, &run).map_err(|error| error.to_string())?;
    for failure in &outcome.failures {
        eprintln!("gradproof grade: {failure}");
    }
    println!(
        "{} hand-ins, {} graded anew; see {}",
        outcome.hand_ins,
        outcome.graded,
        out.join("class.html").display()
    );
    Ok(u8::from(!outcome.failures.is_empty()))
}

fn moment(text: &str) -> Result<SystemTime, String> {
    let time = chrono::DateTime::parse_from_rfc3339(text)
        .map_err(|_| format!("--since {text}: write a moment as 2026-11-20T23:59:00Z"))?;
    let seconds = u64::try_from(time.timestamp()).unwrap_or(0);
    Ok(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

fn engine(args: &Args, assignment: &Assignment) -> Result<Engine, String> {
    let isolation = if args.no_sandbox {
        Isolation::Off
    } else {
        Isolation::of_this_program().map_err(|error| error.to_string())?
    };
    let settings = &assignment.settings.code;
    let adapt = |limits: &mut Limits, patience: &mut Duration| {
        limits.wall = Duration::from_secs(settings.seconds.max(1));
        limits.cpu_seconds = settings.seconds.max(1);
        limits.memory = settings.memory.max(64) << 20;
        *patience = (*patience).min(limits.wall);
    };
    let advise = |error: SandboxError| {
        format!("{error} (or pass --no-code to leave code parts to a person)")
    };
    if settings.language == Language::Rust {
        let mut toolchain = Toolchain::find(isolation).map_err(advise)?;
        adapt(&mut toolchain.limits, &mut toolchain.patience);
        return Ok(Engine::Rust(Box::new(toolchain)));
    }
    let runner = if settings.command.is_empty() {
        Runner::python(&args.python, isolation)
    } else {
        Runner::command(&settings.command, isolation)
    };
    let mut runner = runner.map_err(advise)?;
    adapt(&mut runner.limits, &mut runner.patience);
    Ok(Engine::Command(Box::new(runner)))
}
