"""The language: every word the services speak, one file per speaker.

`base.py` says what a fact and an event are; the other files are the words. Which pipe carries which word, under which
key, is in `streams/topics.py`; how a word becomes bytes is in `streams/wire.py`.
"""
