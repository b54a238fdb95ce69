"""Names in C."""

import re

KEYWORDS = set('''
    auto break case char const continue default do double else enum extern float for goto if inline int long register
    restrict return short signed sizeof static struct switch typedef union unsigned void volatile while asm typeof
    bool true false linux unix errno stdin stdout stderr environ'''.split())

# `IDs` and `ARNs` are one word, and so are AWS's own spellings in mixed case.
WORDS = re.compile(r'IPv[46]|(?:ETag|OAuth|DDoS|VCpu|MiB|GiB|MBps)(?![a-rt-z])|[A-Z]{2,}s(?=[A-Z]|$)'
                   r'|[A-Z]+[0-9]+|[A-Z]+(?=[A-Z][a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+[0-9]*|[0-9]+')


def snake(name):
    """GetSSHPublicKey: get_ssh_public_key. Digits stay with the word before them."""
    words = [word.lower() for part in re.split(r'[^A-Za-z0-9]+', name) for word in WORDS.findall(part)]
    return '_'.join(words)


def member_name(name):
    out = snake(name)
    if not out or out[0].isdigit():
        return '_' + out
    return out + '_' if out in KEYWORDS else out
