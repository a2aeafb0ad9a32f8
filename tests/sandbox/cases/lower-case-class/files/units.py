class metres:
    def __init__(self, count):
        self.count = count

    def __add__(self, more):
        return metres(self.count + more)

    def __gt__(self, other):
        return self.count > other

    def __contains__(self, part):
        return part <= self.count
