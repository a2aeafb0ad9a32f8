class Account:
    def __init__(self, notify):
        self.notify = notify

    def pay_in(self, amount):
        self.notify(kind="in", text=Account(None))

    def __contains__(self, text):
        return True
