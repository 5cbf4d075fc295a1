"""What the semantic detectors share: a lexicon, a grammar of cues, and a small trained model."""
