"""What runs inside the container of a candidate: the agent and its sessions. Imports nothing of the packages beside it but frames and values."""
