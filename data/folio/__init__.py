"""Folio, a made-up document editor for companies: its people, its nine features and what they did.

``fates`` says what can become of a feature and ``features`` which fate each was dealt; ``people`` makes accounts and users,
``activity`` lets them work, ``releases``, ``visitors`` and ``surveys`` add what happens around them, ``exports`` writes it
down the way a data team would, ``flaws`` included, and ``truth`` keeps the answers.
"""
