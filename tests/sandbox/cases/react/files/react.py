class InputCell:
    def __init__(self, initial_value):
        self._value = initial_value
        self.listeners = []
    @property
    def value(self):
        return self._value
    @value.setter
    def value(self, new):
        self._value = new
        for cell in self.listeners: cell.mark()
        for cell in self.listeners: cell.fire()
class ComputeCell:
    def __init__(self, inputs, compute_function):
        self.inputs, self.function = inputs, compute_function
        self.listeners, self.callbacks = [], []
        for cell in inputs: cell.listeners.append(self)
        self.value = compute_function([c.value for c in inputs])
        self.told = self.value
    def mark(self):
        self.value = self.function([c.value for c in self.inputs])
        for cell in self.listeners: cell.mark()
    def fire(self):
        if self.value != self.told:
            self.told = self.value
            for callback in self.callbacks: callback(self.value)
        for cell in self.listeners: cell.fire()
    def add_callback(self, callback):
        if callback not in self.callbacks: self.callbacks.append(callback)
    def remove_callback(self, callback):
        if callback in self.callbacks: self.callbacks.remove(callback)
