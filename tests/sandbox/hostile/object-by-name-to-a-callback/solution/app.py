class Account:
    def __init__(self, notify):
        self.notify = notify

    def pay_in(self, amount):
        self.notify("in", f"paid in {amount}")
