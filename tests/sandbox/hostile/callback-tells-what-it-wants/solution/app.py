def notify(send, name):
    send(name, f"Dear {name.title()}, your order has been sent.")
