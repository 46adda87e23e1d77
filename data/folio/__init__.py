"""Folio, a made-up document editor for companies: its people, its six features and what they did.

``people`` makes accounts and users, ``features`` says what each feature was planted to be, ``activity`` lets the
users work, ``exports`` writes it down the way a data team would, flaws included, and ``truth`` keeps the answers.
"""
