"""Child processes, this process's memory and name, and how long a call has really taken."""
