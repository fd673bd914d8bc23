"""The clinician's door: Streamlit pages that talk to the API alone."""
