"""Does an answer repeat a secret text, however it is spelled, spread out or rearranged?"""
