"""The pipeline of DVC: the steps of the DAGs as commands that read and write files."""
