import threading, concurrent.futures
def run_all(function, values):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return list(pool.map(function, values))
def later(callback):
    thread = threading.Thread(target=callback, args=("late",))
    thread.start(); thread.join()
started = []
def background():
    threading.Thread(target=lambda: started.append(1), daemon=True).start()
