# Leaves before it is asked.
# ends: exited
import os
os._exit(0)
