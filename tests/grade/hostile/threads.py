# Starts threads without end.
# ends: any
import threading, time
for _ in range(1_000_000):
    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
