"""On the path of the jobs alone: Python imports what is here before a script."""
