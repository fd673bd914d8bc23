"""The library: every step of the platform as plain typed functions.

Knows nothing of Airflow, FastAPI or Streamlit; those are doors that import it.
"""
