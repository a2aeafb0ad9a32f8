import pytest
from shapes import Animal, Shape, Square, greet

def test_classes():
    assert issubclass(Square, Shape)
    assert isinstance(Square(2), Shape)
    assert isinstance(Shape.square(3), Square)
    assert Shape.unit() == "cm" and Square(1).unit() == "cm"
    assert Square.__name__ == "Square"
    assert type(Square(1)) is Square
    assert type(Square(1)).__name__ == "Square"
    assert Square(1).__class__ is Square

def test_abstract():
    with pytest.raises(TypeError, match="abstract"):
        Shape("x")

def test_attributes():
    square = Square(3)
    assert square.describe() == "square: 9.0"
    assert square.loud == "SQUARE"
    square.side = 4
    assert square.area() == 16
    with pytest.raises(ValueError, match="negative"):
        square.side = -1
    with pytest.raises(AttributeError):
        square.loud = "x"
    with pytest.raises(AttributeError):
        square.nothing
    assert getattr(square, "nothing", 5) == 5
    assert Square.count == 1
    assert callable(square.area)

def test_subclass_made_by_the_test():
    class Dog(Animal):
        def name(self):
            return "dog"
        def sound(self):
            return "woof"
    assert greet(Dog()) == "dog says woof"
    assert isinstance(Dog(), Animal)
    assert Dog().speak() == "dog says woof"

def test_super_in_a_subclass():
    class Loud(Square):
        def __init__(self, side):
            super().__init__(side)
            self.extra = 1
        def area(self):
            return super().area() + self.extra
    loud = Loud(2)
    assert loud.area() == 5
    assert loud.describe() == "square: 5.0"

def test_not_implemented():
    with pytest.raises(NotImplementedError):
        Animal().speak()
