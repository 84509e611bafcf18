# Recurses until the stack is gone.
# ends: any
import sys
sys.setrecursionlimit(10**8)
def f(n):
    return f(n + 1) + 1
f(0)
