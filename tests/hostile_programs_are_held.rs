//! Hostile programs: nothing escapes, nothing hangs beyond its limit.
//!
//! Each program in `tests/grade/hostile` prints `ESCAPED` when it got what it must not have, and
//! says how it must end. The secret beside it must be untouched afterwards.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use gradproof::grade::sandbox::{Cell, Isolation, Stop, start};

const WALL: Duration = Duration::from_secs(8);
/// For programs that must end by their CPU time: a busy machine takes longer to spend that.
const PATIENT_WALL: Duration = Duration::from_secs(40);
const SECRET: &str = "the expected values";

fn isolation() -> Option<Isolation> {
    match Isolation::through(PathBuf::from(env!("CARGO_BIN_EXE_gradproof"))) {
        Ok(isolation) => Some(isolation),
        Err(error) => {
            println!("skipped, nothing was run: {error}");
            None
        }
    }
}

/// The interpreter and the folders that it needs.
fn python() -> Option<(OsString, Vec<PathBuf>)> {
    let question = "import sys, os; print('\\n'.join([sys.executable] + \
                    [os.path.realpath(p) for p in (sys.prefix, sys.base_prefix, sys.executable)]))";
    let name = std::env::var("GRADPROOF_PYTHON").unwrap_or_else(|_| "python3".into());
    let output = Command::new(&name).args(["-I", "-c", question]).output();
    let text = match &output {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout),
        _ => {
            println!("skipped, nothing was run: {name} does not start");
            return None;
        }
    };
    let mut lines = text.lines();
    Some((lines.next()?.into(), lines.map(PathBuf::from).collect()))
}

struct Scene {
    _all: tempfile::TempDir,
    folder: PathBuf,
    secret: PathBuf,
}

fn scene() -> Scene {
    let all = tempfile::tempdir().unwrap();
    let folder = all.path().join("student");
    let secret = all.path().join("another").join("secret.txt");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::create_dir_all(secret.parent().unwrap()).unwrap();
    std::fs::write(&secret, SECRET).unwrap();
    std::fs::write(folder.join("target.txt"), secret.to_str().unwrap()).unwrap();
    Scene { _all: all, folder, secret }
}

fn cell(scene: &Scene, readable: &[PathBuf], wall: Duration) -> Cell {
    let mut cell = Cell::new(&scene.folder);
    cell.readable.extend_from_slice(readable);
    cell.limits.wall = wall;
    cell.limits.cpu_seconds = 2;
    cell.limits.memory = 1 << 30;
    cell.limits.output = 4 << 20;
    cell.limits.disk = (8 << 20, 500);
    cell
}

/// Runs a program and returns what it printed, how it ended and how long that took.
fn run(
    program: &Path,
    isolation: &Isolation,
    interpreter: &(OsString, Vec<PathBuf>),
    wall: Duration,
) -> (String, Stop, Duration, Scene) {
    let scene = scene();
    let name = program.file_name().unwrap();
    std::fs::copy(program, scene.folder.join(name)).unwrap();
    let cell = cell(&scene, &interpreter.1, wall);
    let command = [interpreter.0.clone(), "-B".into(), "-s".into(), name.into()];
    let began = Instant::now();
    let process = start(&cell, isolation, &command).expect("the program starts");
    let (lines, stop, errors) = process.finish();
    let mut text: String =
        lines.iter().map(|l| String::from_utf8_lossy(l) + "\n").collect();
    text.push_str(&errors);
    (text, stop, began.elapsed(), scene)
}

fn programs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/grade/hostile");
    let mut all: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

#[test]
fn nothing_escapes_and_nothing_hangs() {
    let (Some(isolation), Some(python)) = (isolation(), python()) else { return };
    let programs = programs();
    assert!(programs.len() >= 30);
    let wrong = std::sync::Mutex::new(Vec::new());
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || {
        while let Some(program) =
            programs.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
        {
            let faults = faults_of(program, &isolation, &python);
            wrong.lock().unwrap().extend(faults);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(work);
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a program got that it must not have.
fn faults_of(
    program: &Path,
    isolation: &Isolation,
    python: &(OsString, Vec<PathBuf>),
) -> Vec<String> {
    let mut wrong = Vec::new();
    let source = std::fs::read_to_string(program).unwrap();
    let ends = source.lines().find_map(|line| line.strip_prefix("# ends: ")).unwrap();
    let wall = if ends == "cpu" { PATIENT_WALL } else { WALL };
    let (printed, stop, time, scene) = run(program, isolation, python, wall);
    let as_told = match ends {
        "exited" => matches!(stop, Stop::Exited(_)),
        "time" => matches!(stop, Stop::CpuTime(_) | Stop::WallTime(_)),
        "cpu" => matches!(stop, Stop::CpuTime(_)),
        "wall" => matches!(stop, Stop::WallTime(_)),
        "output" => matches!(stop, Stop::Output(_)),
        "disk" => stop == Stop::Disk,
        "silent" => stop == Stop::Silent,
        "signal" => matches!(stop, Stop::Signal(_)),
        "any" => true,
        other => panic!("{program:?}: an unknown end: {other}"),
    };
    let name = program.file_stem().unwrap().to_string_lossy().into_owned();
    let held = source.contains("\"held\"");
    if printed.contains("ESCAPED") || (held && !printed.contains("held")) {
        wrong.push(format!("{name}: {printed}"));
    }
    if !as_told {
        wrong.push(format!("{name}: expected to end by {ends}, it {stop}: {printed}"));
    }
    if time > 2 * wall {
        wrong.push(format!("{name}: took {time:?}"));
    }
    match std::fs::read_to_string(&scene.secret) {
        Ok(text) if text == SECRET => {}
        other => wrong.push(format!("{name}: the secret is now {other:?}")),
    }
    for left in ["/tmp/left-behind", "/var/tmp/left-behind", "/dev/shm/left-behind"] {
        assert!(!Path::new(left).exists(), "{name} left {left}");
    }
    wrong
}

/// Without the cell the same programs get through: the test above tests the cell, not the programs.
#[test]
fn without_the_cell_harmless_ones_do_escape() {
    let Some(python) = python() else { return };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/grade/hostile");
    for name in
        ["reads_secret.py", "reads_upwards.py", "lists_folders.py", "starts_a_program.py"]
    {
        let (printed, ..) = run(&folder.join(name), &Isolation::Off, &python, WALL);
        assert!(printed.contains("ESCAPED"), "{name}: {printed}");
    }
}

#[test]
fn limits_on_time_and_output_hold_without_the_cell_too() {
    let Some(python) = python() else { return };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/grade/hostile");
    let (_, stop, time, _) =
        run(&folder.join("sleeps.py"), &Isolation::Off, &python, WALL);
    assert!(matches!(stop, Stop::WallTime(_)), "{stop}");
    assert!(time < 2 * WALL);
    let (_, stop, ..) =
        run(&folder.join("hundred_gigabytes.py"), &Isolation::Off, &python, WALL);
    assert!(matches!(stop, Stop::Output(_)), "{stop}");
}

#[test]
fn a_missing_program_is_reported_and_not_the_students_end() {
    let Some(isolation) = isolation() else { return };
    let scene = scene();
    let mut process =
        start(&cell(&scene, &[], WALL), &isolation, &["/nowhere/interpreter".into()])
            .unwrap();
    assert!(process.line(Duration::from_secs(5)).is_err());
    let complaint = process.launch_failure().expect("the launcher complains");
    assert!(complaint.contains("/nowhere/interpreter"), "{complaint}");
}
