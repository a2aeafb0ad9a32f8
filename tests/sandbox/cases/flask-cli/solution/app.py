import click
from flask import Flask
from flask.cli import AppGroup
app = Flask(__name__)
users = {}
group = AppGroup("user")
@group.command("create")
@click.argument("name")
@click.option("--admin", is_flag=True)
def create(name, admin):
    """Create a user."""
    if name in users:
        raise click.ClickException(f"{name} exists")
    users[name] = admin
    click.echo(f"created {name}" + (" (admin)" if admin else ""))
@group.command("list")
def list_users():
    for name in sorted(users): click.echo(name)
@app.cli.command("ask")
def ask():
    click.echo("hi " + click.prompt("name"))
app.cli.add_command(group)
