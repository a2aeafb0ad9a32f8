import unittest
from robot import EAST, NORTH, SOUTH, WEST, Robot

class RobotTest(unittest.TestCase):
    def test_start(self):
        robot = Robot(NORTH, 0, 0)
        self.assertEqual(robot.coordinates, (0, 0))
        self.assertEqual(robot.direction, NORTH)
    def test_turns(self):
        for start, end in ((NORTH, EAST), (EAST, SOUTH), (SOUTH, WEST), (WEST, NORTH)):
            with self.subTest(start=start):
                robot = Robot(start, 0, 0)
                robot.move("R")
                self.assertEqual(robot.direction, end)
    def test_walk(self):
        robot = Robot(NORTH, 7, 3)
        robot.move("RAALAL")
        self.assertEqual(robot.coordinates, (9, 4))
        self.assertEqual(robot.direction, WEST)
