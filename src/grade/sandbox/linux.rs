//! Linux: resource limits, landlock (what may be opened) and seccomp (which calls may be made).

use std::collections::BTreeMap;
use std::os::fd::BorrowedFd;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, PathBeneath, PathFd,
    Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetStatus, Scope,
};
use rustix::process::{Resource, Rlimit, setrlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule,
};

use super::SandboxError;
use super::launch::Order;

/// Shuts the calling process in: for good, and for every program it becomes.
pub(super) fn shut_in(order: &Order) -> Result<(), SandboxError> {
    let running = running_processes();
    forget_open_files()?;
    limit_resources(order, running)?;
    restrict_files(order)?;
    restrict_calls(order)
}

fn failed(what: &str, error: impl std::fmt::Display) -> SandboxError {
    SandboxError::new(format!("{what}: {error}"))
}

/// How many processes and threads there are: the kernel counts those of a user together, so the
/// limit on new ones stands on top of those that already run.
fn running_processes() -> u64 {
    let tasks = std::fs::read_to_string("/proc/loadavg").ok();
    let tasks = tasks.as_deref().and_then(|text| text.split_whitespace().nth(3));
    let tasks = tasks.and_then(|field| field.split_once('/')).map(|(_, all)| all);
    tasks.and_then(|all| all.parse().ok()).unwrap_or(4_096)
}

/// Files that the caller left open to its children would stay open to the student's program.
fn forget_open_files() -> Result<(), SandboxError> {
    let entries = std::fs::read_dir("/proc/self/fd")
        .map_err(|error| failed("the open files cannot be listed", error))?;
    let numbers: Vec<i32> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|&number| number > 2)
        .collect();
    for number in numbers {
        // A number may have been closed since: the listing itself was one of them.
        #[expect(unsafe_code, reason = "a descriptor known only by its number")]
        // SAFETY: the process has one thread and nothing else uses this number while it is marked;
        // a closed number makes the call fail, which is ignored.
        let file = unsafe { BorrowedFd::borrow_raw(number) };
        let _ = rustix::io::fcntl_setfd(file, rustix::io::FdFlags::CLOEXEC);
    }
    Ok(())
}

fn limit_resources(order: &Order, running: u64) -> Result<(), SandboxError> {
    let hard = |value: u64| Rlimit { current: Some(value), maximum: Some(value) };
    let cpu =
        Rlimit { current: Some(order.cpu_seconds), maximum: Some(order.cpu_seconds + 1) };
    let limits = [
        (Resource::Cpu, cpu),
        (Resource::As, hard(order.memory)),
        (Resource::Core, hard(0)),
        (Resource::Fsize, hard(order.file)),
        (Resource::Nofile, hard(256)),
        (Resource::Stack, hard(64 << 20)),
        (Resource::Memlock, hard(0)),
        (Resource::Msgqueue, hard(0)),
        (Resource::Nproc, hard(running + order.processes + 64)),
    ];
    for (resource, limit) in limits {
        let what = format!("the limit on {resource:?} cannot be set");
        // Where the caller is limited more strictly already, its limit stays.
        let outer = rustix::process::getrlimit(resource).maximum.unwrap_or(u64::MAX);
        let cut = |value: Option<u64>| value.map(|value| value.min(outer));
        let limit = Rlimit { current: cut(limit.current), maximum: cut(limit.maximum) };
        setrlimit(resource, limit).map_err(|error| failed(&what, error))?;
    }
    Ok(())
}

fn restrict_files(order: &Order) -> Result<(), SandboxError> {
    let abi = ABI::V6;
    let refuse = |error: landlock::RulesetError| failed("landlock", error);
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))
        .and_then(|set| set.handle_access(AccessNet::from_all(abi)))
        .and_then(|set| set.scope(Scope::from_all(abi)))
        .and_then(Ruleset::create)
        .map_err(refuse)?;

    let read = AccessFs::from_read(abi);
    for path in &order.readable {
        ruleset = allow(ruleset, path, read)?;
    }
    let mut own = AccessFs::ReadFile
        | AccessFs::ReadDir
        | AccessFs::Execute
        | AccessFs::WriteFile
        | AccessFs::Truncate
        | AccessFs::MakeReg
        | AccessFs::RemoveFile;
    if order.make_folders {
        own |=
            AccessFs::MakeDir | AccessFs::RemoveDir | AccessFs::Refer | AccessFs::MakeSym;
    }
    ruleset = allow(ruleset, &order.folder, own)?;
    let device = AccessFs::ReadFile | AccessFs::WriteFile;
    for (path, access) in [
        ("/dev/null", device),
        ("/dev/zero", AccessFs::ReadFile.into()),
        ("/dev/urandom", AccessFs::ReadFile.into()),
        ("/dev/random", AccessFs::ReadFile.into()),
    ] {
        if std::path::Path::new(path).exists() {
            ruleset = allow(ruleset, std::path::Path::new(path), access)?;
        }
    }
    let status = ruleset.restrict_self().map_err(refuse)?;
    if status.ruleset == RulesetStatus::NotEnforced || !status.no_new_privs {
        return Err(SandboxError::new("this kernel does not enforce landlock"));
    }
    Ok(())
}

fn allow(
    ruleset: RulesetCreated,
    path: &std::path::Path,
    access: landlock::BitFlags<AccessFs>,
) -> Result<RulesetCreated, SandboxError> {
    let what = format!("landlock, for {}", path.display());
    let opened = PathFd::new(path).map_err(|error| failed(&what, error))?;
    // A single file cannot carry the rights of a folder.
    let access =
        if path.is_dir() { access } else { access & AccessFs::from_file(ABI::V6) };
    ruleset
        .add_rule(PathBeneath::new(opened, access))
        .map_err(|error| failed(&what, error))
}

/// Calls that reach beyond the process: the network, other processes, the system, the rights of
/// files (which landlock does not guard), and memory that outlives the process.
const DENIED: &[i64] = &[
    libc::SYS_socket,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_kcmp,
    libc::SYS_tkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_setsid,
    libc::SYS_setpgid,
    libc::SYS_setrlimit,
    libc::SYS_setpriority,
    libc::SYS_ioprio_set,
    libc::SYS_sched_setscheduler,
    libc::SYS_sched_setparam,
    libc::SYS_sched_setattr,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    libc::SYS_truncate,
    libc::SYS_mknodat,
    libc::SYS_linkat,
    libc::SYS_fanotify_init,
    libc::SYS_fanotify_mark,
    libc::SYS_inotify_init1,
    libc::SYS_memfd_create,
    libc::SYS_memfd_secret,
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_shmctl,
    libc::SYS_msgget,
    libc::SYS_msgsnd,
    libc::SYS_semget,
    libc::SYS_semop,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setreuid,
    libc::SYS_setregid,
    libc::SYS_setresuid,
    libc::SYS_setresgid,
    libc::SYS_setgroups,
    libc::SYS_setfsuid,
    libc::SYS_setfsgid,
    libc::SYS_capset,
    libc::SYS_personality,
    libc::SYS_reboot,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_syslog,
    libc::SYS_vhangup,
    libc::SYS_lookup_dcookie,
    libc::SYS_nfsservctl,
];

#[cfg(target_arch = "x86_64")]
const DENIED_OLD: &[i64] = &[
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
    libc::SYS_mknod,
    libc::SYS_link,
    libc::SYS_inotify_init,
    libc::SYS_iopl,
    libc::SYS_ioperm,
    libc::SYS_modify_ldt,
    libc::SYS_uselib,
    libc::SYS_ustat,
    libc::SYS_sysfs,
    libc::SYS__sysctl,
];
#[cfg(not(target_arch = "x86_64"))]
const DENIED_OLD: &[i64] = &[];

/// Later calls without a name in every C library: the same number on all architectures.
const DENIED_NEW: &[i64] = &[
    442, // mount_setattr
    448, // process_mrelease
    452, // fchmodat2
    463, // setxattrat
    466, // removexattrat
    467, // open_tree_attr
    469, // file_setattr
];

/// What a compiler needs although nothing else may have it.
const COMPILER_NEEDS: &[i64] =
    &[libc::SYS_fchmod, libc::SYS_fchmodat, libc::SYS_linkat, libc::SYS_utimensat];

fn restrict_calls(order: &Order) -> Result<(), SandboxError> {
    let alone = order.processes <= 1;
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    for &call in DENIED.iter().chain(DENIED_OLD).chain(DENIED_NEW) {
        if !order.make_folders || !COMPILER_NEEDS.contains(&call) {
            rules.insert(call, Vec::new());
        }
    }
    if order.make_folders {
        #[cfg(target_arch = "x86_64")]
        for call in [libc::SYS_chmod, libc::SYS_link] {
            rules.remove(&call);
        }
    }
    let own = u64::from(std::process::id());
    // Signals to itself are how a program aborts; all others would reach the grader.
    rules.insert(libc::SYS_kill, vec![when(0, SeccompCmpOp::Ne, own)?]);
    rules.insert(libc::SYS_tgkill, vec![when(0, SeccompCmpOp::Ne, own)?]);
    // `prlimit64` may read limits, not set them.
    rules.insert(libc::SYS_prlimit64, vec![when(2, SeccompCmpOp::Ne, 0)?]);
    // Typing into the terminal (TIOCSTI) and pasting into it (TIOCLINUX).
    rules.insert(
        libc::SYS_ioctl,
        vec![when(1, SeccompCmpOp::Eq, 0x5412)?, when(1, SeccompCmpOp::Eq, 0x541C)?],
    );
    if alone {
        let thread = libc::CLONE_THREAD as u64;
        rules.insert(libc::SYS_clone, vec![when(0, SeccompCmpOp::MaskedEq(thread), 0)?]);
        #[cfg(target_arch = "x86_64")]
        for call in [libc::SYS_fork, libc::SYS_vfork] {
            rules.insert(call, Vec::new());
        }
    }
    // The x32 calls are the same calls under other numbers.
    #[cfg(target_arch = "x86_64")]
    for (call, rule) in rules.clone() {
        rules.insert(call | 0x4000_0000, rule);
    }
    let deny = SeccompAction::Errno(libc::EPERM as u32);
    apply(rules, deny)?;
    if alone {
        // Its flags lie in memory, where no filter can look; without it libraries use `clone`.
        let absent = SeccompAction::Errno(libc::ENOSYS as u32);
        apply(BTreeMap::from([(libc::SYS_clone3, Vec::new())]), absent)?;
    }
    Ok(())
}

fn when(
    argument: u8,
    comparison: SeccompCmpOp,
    value: u64,
) -> Result<SeccompRule, SandboxError> {
    let refuse = |error: seccompiler::BackendError| failed("seccomp", error);
    // The kernel looks at 32 bits of a process number or a terminal's request.
    let length = match comparison {
        SeccompCmpOp::MaskedEq(_) => SeccompCmpArgLen::Qword,
        _ if argument == 2 => SeccompCmpArgLen::Qword,
        _ => SeccompCmpArgLen::Dword,
    };
    let condition =
        SeccompCondition::new(argument, length, comparison, value).map_err(refuse)?;
    SeccompRule::new(vec![condition]).map_err(refuse)
}

fn apply(
    rules: BTreeMap<i64, Vec<SeccompRule>>,
    action: SeccompAction,
) -> Result<(), SandboxError> {
    let architecture = std::env::consts::ARCH
        .try_into()
        .map_err(|error| failed("seccomp on this processor", error))?;
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, action, architecture)
        .map_err(|error| failed("seccomp", error))?;
    let program: BpfProgram = filter
        .try_into()
        .map_err(|error: seccompiler::BackendError| failed("seccomp", error))?;
    seccompiler::apply_filter(&program).map_err(|error| failed("seccomp", error))
}
