"""OSCAL 1.1 documents: assessment results and component definitions, as JSON."""
