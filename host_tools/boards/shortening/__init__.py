"""What a module's source becomes on its way to a board: the same lines with less to remember.

names.py puts it together: constants of other modules are numbers (constants.py), arguments that no
call names have any name (arguments.py), and what the firmware names for itself has a short one, as
long as nobody else may ask for it (outside_names.py).
"""
