//! Hand-ins in Rust: a test crate is made around the student's, built in the cell, and answers calls
//! in the same protocol as every other language.
//!
//! The crate that students implement (`gradproof_module`: a matrix and two traits) is part of this
//! program. Each class gets a program of its own, so that one that does not compile costs no other.

mod compiler;

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::examine::Target;
use super::session::{Failure, Runner};
use super::subject::Subject;
use crate::grade::sandbox::{self, Cell, Isolation, Limits, SandboxError, Stop};
use crate::grade::submission::HandIn;

/// The files of the crate that hand-ins implement, by path.
pub const INTERFACE: [(&str, &str); 4] = [
    ("Cargo.toml", MANIFEST),
    ("src/lib.rs", include_str!("interface/lib.rs")),
    ("src/answering.rs", include_str!("interface/answering.rs")),
    ("src/json.rs", include_str!("interface/json.rs")),
];

const MANIFEST: &str = "[package]\nname = \"gradproof_module\"\nversion = \"0.1.0\"\n\
                        edition = \"2021\"\n";

/// How long a hand-in may be compiled.
const PATIENCE: Duration = Duration::from_secs(120);

/// A compiler, and how the programs that it makes are run.
#[derive(Clone, Debug)]
pub struct Toolchain {
    cargo: PathBuf,
    rustc: PathBuf,
    readable: Vec<PathBuf>,
    /// What the finished programs may use up; the compiler has limits of its own.
    pub limits: Limits,
    /// The longest wait for one answer.
    pub patience: Duration,
    isolation: Isolation,
}

/// A class's program, or why there is none.
pub type Built = Result<Runner, Failure>;

impl Toolchain {
    /// The compiler that `rustc` on the search path stands for.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(isolation: Isolation) -> Result<Self, SandboxError> {
        let advice = "install Rust (https://rustup.rs) where hand-ins are graded";
        let output =
            std::process::Command::new("rustc").args(["--print", "sysroot"]).output();
        let output = output.map_err(|error| {
            SandboxError::new(format!("rustc does not start: {error}; {advice}"))
        })?;
        let root = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        let program = |name: &str| root.join("bin").join(name);
        let (cargo, rustc) = (program("cargo"), program("rustc"));
        if !output.status.success() || !cargo.exists() || !rustc.exists() {
            return Err(SandboxError::new(format!(
                "{} holds no cargo and rustc; {advice}",
                root.display()
            )));
        }
        let readable = vec![root];
        let (limits, patience) = (Limits::default(), Duration::from_secs(10));
        Ok(Toolchain { cargo, rustc, readable, limits, patience, isolation })
    }

    /// What the compiler and the programs may read besides the system's own.
    pub(in crate::grade) fn readable(&self) -> &[PathBuf] {
        &self.readable
    }

    /// Builds the given classes of a hand-in in a folder that holds nothing else; one outcome a
    /// class.
    ///
    /// # Errors
    /// When the folder cannot be written or the compiler cannot be started or isolated.
    pub fn build(
        &self,
        hand_in: &HandIn,
        targets: &[&Target],
        folder: &Path,
    ) -> Result<Vec<Built>, SandboxError> {
        let cannot = |error: io::Error| {
            SandboxError::new(format!("the test crate cannot be written: {error}"))
        };
        let file = targets.first().map_or("modules", |target| target.file.as_str());
        let layout = match lay_out(hand_in, file, folder).map_err(cannot)? {
            Ok(layout) => layout,
            Err(why) => return Ok(vec![Err(why); targets.len()]),
        };
        for (number, target) in targets.iter().enumerate() {
            let path = folder.join(format!("answering/src/bin/class{number}.rs"));
            write(&path, program(target, &layout)).map_err(cannot)?;
        }
        let complaints = match self.compile(folder)? {
            Ok(text) => text,
            Err(stop) => {
                let text = format!("the compiler {stop}");
                return Ok(vec![Err(Failure::NotBuilt(text)); targets.len()]);
            }
        };
        Ok((0..targets.len())
            .map(|number| {
                let program = folder.join(format!("target/debug/class{number}"));
                if program.exists() {
                    return self.runner(program).map_err(Failure::NotBuilt);
                }
                Err(compiler::failure(&complaints, number, &layout.shown))
            })
            .collect())
    }

    /// Runs cargo in the cell; what it complained of.
    fn compile(&self, folder: &Path) -> Result<Result<String, Stop>, SandboxError> {
        let mut cell = Cell::new(folder);
        cell.readable.extend(self.readable.iter().cloned());
        cell.make_folders = true;
        cell.limits = Limits {
            wall: PATIENCE,
            cpu_seconds: PATIENCE.as_secs(),
            // Address space, of which compilers map much more than they use.
            memory: 8 << 30,
            processes: 64,
            output: 16 << 20,
            file: 256 << 20,
            disk: (1 << 30, 100_000),
        };
        let own = |name: &str| folder.join(name).to_string_lossy().into_owned();
        cell.environment = vec![
            ("CARGO_HOME".into(), own("cargo-home")),
            ("CARGO_TARGET_DIR".into(), own("target")),
            ("CARGO_INCREMENTAL".into(), "0".into()),
            ("CARGO_TERM_COLOR".into(), "never".into()),
            ("RUSTC".into(), self.rustc.to_string_lossy().into_owned()),
        ];
        let arguments = [
            "build",
            "--offline",
            "--keep-going",
            "--bins",
            "--jobs",
            "1",
            "--message-format",
            "short",
            "--package",
            "answering",
        ];
        let mut command = vec![self.cargo.clone().into_os_string()];
        command.extend(arguments.map(OsString::from));
        let process = sandbox::start(&cell, &self.isolation, &command)?;
        let (_, stop, told) = process.finish();
        match stop {
            Stop::Exited(status) if status != 125 => Ok(Ok(told)),
            Stop::Exited(_) => Err(SandboxError::new(told)),
            stop => Ok(Err(stop)),
        }
    }

    fn runner(&self, program: PathBuf) -> Result<Runner, String> {
        let path = program.to_string_lossy().into_owned();
        let runner = Runner::command(&[path], self.isolation.clone());
        let mut runner = runner.map_err(|error| error.to_string())?;
        // The program only, not the folder with the sources and what the compiler left there.
        runner.readable = vec![program];
        runner.limits = self.limits.clone();
        runner.patience = self.patience;
        Ok(runner)
    }
}

/// Where the hand-in's crate was put, and how to name its parts.
struct Layout {
    /// The paths to import from.
    imports: Vec<String>,
    /// The hand-in's own name for the crate's folder: `ann/` for what lies in `hand-in/`.
    shown: String,
}

/// Lays out the workspace: the interface, the hand-in's crate (or one around its file), and the
/// crate that answers.
fn lay_out(
    hand_in: &HandIn,
    file: &str,
    folder: &Path,
) -> io::Result<Result<Layout, Failure>> {
    let depth = |path: &str| (path.matches('/').count(), path.len());
    let shortest = |name: &str| {
        let named = |path: &str| path.rsplit('/').next() == Some(name);
        let paths = hand_in.files.iter().map(|entry| entry.path.as_str());
        paths.filter(|path| named(path)).min_by_key(|path| depth(path))
    };
    let source = format!("{file}.rs");
    let (root, manifest, imports) = match (shortest("Cargo.toml"), shortest(&source)) {
        (Some(manifest), found) => {
            let root = manifest.strip_suffix("Cargo.toml").unwrap_or_default();
            let bytes = hand_in.files.iter().find(|entry| entry.path == manifest);
            let text = bytes.map(|entry| String::from_utf8_lossy(&entry.bytes));
            let has = |name: &str| {
                hand_in.files.iter().any(|entry| entry.path == format!("{root}{name}"))
            };
            let inner = format!("src/{source}");
            let lone = (!has("src/lib.rs") && has(&inner)).then_some(inner.as_str());
            let manifest = match adopt(&text.unwrap_or_default(), lone) {
                Ok(manifest) => manifest,
                Err(why) => {
                    let message = format!("Cargo.toml cannot be used: {why}");
                    let error = "manifest".to_string();
                    return Ok(Err(Failure::raised(error, message)));
                }
            };
            let mut imports = vec!["hand_in".to_string()];
            // `src/modules.rs` beside `src/lib.rs` may be a public module of the crate's.
            if lone.is_none() && found == Some(&format!("{root}{inner}")) {
                imports.push(format!("hand_in::{file}"));
            }
            (root, manifest, imports)
        }
        (None, Some(path)) => {
            let root = path.strip_suffix(source.as_str()).unwrap_or_default();
            let manifest = adopt(
                "[package]\nname = \"hand_in\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
                Some(&source),
            );
            (root, manifest.unwrap_or_default(), vec!["hand_in".to_string()])
        }
        (None, None) => {
            let message = format!("there is neither `{source}` nor a crate");
            let error = "missing".to_string();
            return Ok(Err(Failure::raised(error, message)));
        }
    };
    for entry in &hand_in.files {
        if let Some(inner) = entry.path.strip_prefix(root)
            && inner != "Cargo.lock"
            && !inner.starts_with(".cargo/")
        {
            write(&folder.join("hand-in").join(inner), &entry.bytes)?;
        }
    }
    write(&folder.join("hand-in/Cargo.toml"), &manifest)?;
    for (path, text) in INTERFACE {
        write(&folder.join("gradproof_module").join(path), text)?;
    }
    let name = package_name(&manifest);
    let workspace = "[workspace]\nresolver = \"2\"\nmembers = [\"answering\"]\n\
                     [profile.dev]\ndebug = \"line-tables-only\"\n";
    write(&folder.join("Cargo.toml"), workspace)?;
    write(
        &folder.join("answering/Cargo.toml"),
        format!(
            "[package]\nname = \"answering\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
             [dependencies]\ngradproof_module = {{ path = \"../gradproof_module\" }}\n\
             hand_in = {{ path = \"../hand-in\", package = {name:?} }}\n"
        ),
    )?;
    Ok(Ok(Layout { imports, shown: root.to_string() }))
}

/// The hand-in's manifest with our interface in it, whatever path it had for the student; `lone` is
/// the file that holds the classes where the crate has no library.
fn adopt(text: &str, lone: Option<&str>) -> Result<String, String> {
    let mut manifest: toml::Table =
        toml::from_str(text).map_err(|error| error.message().to_string())?;
    let package = manifest.get("package").and_then(toml::Value::as_table);
    let name = package.and_then(|package| package.get("name"));
    if name.and_then(toml::Value::as_str).is_none() {
        return Err("it names no package".into());
    }
    manifest.remove("workspace");
    manifest.remove("patch");
    manifest.remove("replace");
    let mut interface = toml::Table::new();
    interface.insert("path".into(), "../gradproof_module".into());
    let dependencies = manifest
        .entry("dependencies")
        .or_insert_with(|| toml::Value::Table(toml::Table::new()));
    let dependencies = dependencies.as_table_mut().ok_or("`dependencies` is no table")?;
    dependencies.remove("gradproof-module");
    dependencies.insert("gradproof_module".into(), interface.into());
    if let Some(path) = lone {
        let library = manifest
            .entry("lib")
            .or_insert_with(|| toml::Value::Table(toml::Table::new()));
        let library = library.as_table_mut().ok_or("`lib` is no table")?;
        library.insert("path".into(), path.into());
    }
    toml::to_string(&manifest).map_err(|error| error.to_string())
}

fn package_name(manifest: &str) -> String {
    let table: toml::Table = toml::from_str(manifest).unwrap_or_default();
    let name = table.get("package").and_then(|package| package.get("name"));
    name.and_then(toml::Value::as_str).unwrap_or("hand_in").to_string()
}

/// The program that answers for one class.
fn program(target: &Target, layout: &Layout) -> String {
    let count = target.arguments.len();
    let arguments: Vec<String> =
        (0..count).map(|k| format!("arguments[{k}].into()")).collect();
    let kind = match target.subject {
        Subject::CrossEntropy => "Loss",
        _ => "Module",
    };
    let mut text = String::from("use gradproof_module::answering::{Object, answer};\n");
    for path in &layout.imports {
        text.push_str(&format!("#[allow(unused_imports)]\nuse {path}::*;\n"));
    }
    text.push_str(&format!(
        "fn main() {{\n    answer(|arguments| {{\n        let _ = arguments;\n        \
         Object::{kind}(Box::new({}::new({})))\n    }});\n}}\n",
        target.class,
        arguments.join(", ")
    ));
    text
}

/// Writes a file and the folders above it.
fn write(path: &Path, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, bytes)
}

/// Writes the crate that hand-ins implement into a folder, for students to build against.
///
/// # Errors
/// When it cannot be written.
pub fn write_interface(folder: &Path) -> io::Result<()> {
    for (path, text) in INTERFACE {
        write(&folder.join(path), text)?;
    }
    Ok(())
}

/// Whether a hand-in holds a crate or one of the files.
pub(in crate::grade) fn is_there<'a>(
    hand_in: &HandIn,
    mut files: impl Iterator<Item = &'a str>,
) -> bool {
    let has = |name: &str| {
        let named = |path: &str| path.rsplit('/').next() == Some(name);
        hand_in.files.iter().any(|entry| named(&entry.path))
    };
    has("Cargo.toml") || files.any(|file| has(&format!("{file}.rs")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_students_manifest_gets_our_interface_and_keeps_the_rest() {
        let text = "[package]\nname = \"mine\"\nversion = \"0.1.0\"\n[workspace]\n\
                    [dependencies]\ngradproof-module = { path = \"../../somewhere\" }\n\
                    helper = { path = \"helper\" }\n";
        let adopted = adopt(text, Some("src/modules.rs")).unwrap();
        assert!(adopted.contains("../gradproof_module") && adopted.contains("helper"));
        assert!(!adopted.contains("somewhere") && !adopted.contains("[workspace]"));
        assert!(adopted.contains("src/modules.rs"));
        assert_eq!(package_name(&adopted), "mine");
        assert!(adopt("[package]\n", None).is_err());
        assert!(adopt("dependencies = 3\n[package]\nname=\"x\"\n", None).is_err());
        assert!(adopt("[", None).is_err());
    }
}
