"""Questions for other systems and from them: Moodle XML, GIFT, CSV and Anki.

`quiz` has what Moodle XML and GIFT share, a module per format its syntax; `outgoing` and `incoming` do the work of
`quizapp questions export` and `import`. What a format cannot hold is named, never dropped in silence.
"""
