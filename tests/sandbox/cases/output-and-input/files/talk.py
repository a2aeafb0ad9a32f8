import sys, logging, warnings, os
def hello(name):
    print("Hello,", name)
def ask():
    return "got " + input("? ")
def complain():
    print("bad", file=sys.stderr)
def old():
    warnings.warn("use new()", DeprecationWarning, stacklevel=2)
    return 1
def record():
    logging.getLogger("talk").warning("careful %s", "now")
def mode(): return os.environ.get("TALK_MODE", "none")
AT_IMPORT = os.environ.get("TALK_MODE", "none")
