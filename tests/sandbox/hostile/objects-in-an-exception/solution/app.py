class Refused(Exception):
    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


def check(form):
    if not form.get("name"):
        raise Refused("name is required")
