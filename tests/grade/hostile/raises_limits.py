# Raises its own limits.
# ends: exited
import resource
held = True
for name in ["RLIMIT_CPU", "RLIMIT_AS", "RLIMIT_FSIZE", "RLIMIT_NPROC"]:
    try:
        resource.setrlimit(getattr(resource, name), (-1, -1))
        held = False
    except (OSError, ValueError):
        pass
print("held" if held else "ESCAPED")
