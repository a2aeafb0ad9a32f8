import threading, os, time
def f(x):
    return None
