"""Documents from facts: system card, notice, assessments, evidence packs. Drafts for people."""
