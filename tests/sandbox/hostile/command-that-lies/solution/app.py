import click
from flask import Flask

app = Flask(__name__)


class Item:
    def __init__(self, name):
        self.name = name

    def __contains__(self, text):
        return text in self.name


@app.cli.command("add")
@click.argument("name")
def add(name):
    print("added", name)
