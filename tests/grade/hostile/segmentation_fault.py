# Reads where nothing is.
# ends: signal
import ctypes
ctypes.string_at(0)
