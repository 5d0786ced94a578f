"""The comparison: the same orders, followed over every channel, alone and all at once.

``orderwire compare`` measures what each channel's client learned and when, what it took in requests,
messages and AWS operations, and what that costs by a dated price file. A channel is one file of
``compare.channels``; nothing else has to know it.
"""
