"""Several models on the same people: who ranks best, by how much, and what the choices in making them do.

Everything here is a function of `train.Dated`, in memory; nothing is read or written.
"""
