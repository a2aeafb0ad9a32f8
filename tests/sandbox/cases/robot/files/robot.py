EAST, NORTH, WEST, SOUTH = range(4)
class Robot:
    def __init__(self, direction=NORTH, x_pos=0, y_pos=0):
        self.coordinates = (x_pos, y_pos)
        self.direction = direction
    def move(self, commands):
        for c in commands:
            x, y = self.coordinates
            if c == "R": self.direction = (self.direction - 1) % 4
            elif c == "L": self.direction = (self.direction + 1) % 4
            else:
                dx, dy = {NORTH: (0, 1), EAST: (1, 0), SOUTH: (0, -1), WEST: (-1, 0)}[self.direction]
                self.coordinates = (x + dx, y + dy)
