from abc import ABC, abstractmethod
class Shape(ABC):
    count = 0
    def __init__(self, name):
        self.name = name
        type(self).count += 1
    @abstractmethod
    def area(self): ...
    def describe(self): return f"{self.name}: {self.area():.1f}"
    @classmethod
    def square(cls, side): return Square(side)
    @staticmethod
    def unit(): return "cm"
    @property
    def loud(self): return self.name.upper()
class Square(Shape):
    def __init__(self, side):
        super().__init__("square")
        self._side = side
    def area(self): return self._side ** 2
    @property
    def side(self): return self._side
    @side.setter
    def side(self, value):
        if value < 0: raise ValueError("negative")
        self._side = value
class Animal:
    def speak(self): return f"{self.name()} says {self.sound()}"
    def name(self): return "animal"
    def sound(self): raise NotImplementedError("sound")
def greet(animal): return animal.speak()
