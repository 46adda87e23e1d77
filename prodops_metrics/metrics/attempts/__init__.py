"""Attempts at a funnel: from events to one row per attempt, with the time at which it reached each step.

``plan`` says what an attempt is; ``sharing`` which steps one event could fill; ``ordered``, ``linked``, ``strict`` and
``unordered`` write the SQL of attempts, each for one notion of order; ``outcome`` picks each unit's best of them. ``asof``
is a short cut to the outcome of plain funnels in SQL; ``walk`` finds the same for all windows at once outside the database,
over events that ``scale`` puts in order.
"""
