#!/usr/bin/python3
"""Asks the program and the slow evaluator the same random questions and reports the first difference.

    compare.py PROGRAM [--count N] [--seed N] [--jobs N]

PROGRAM reads questions and writes answers as `merlon policy evaluate` does. The seed is printed; the same seed asks the
same questions. Several jobs share the questions.
"""
import argparse
import collections
import json
import multiprocessing
import subprocess
import sys
import threading

import evaluator
import generator

REQUESTS_OF_A_GROUP = 16
BATCH = 4096


def feed(pipe, lines):
    pipe.write("".join(lines).encode())
    pipe.flush()


def compare_batch(program, questions):
    """None, or a text about the first difference; counts the decisions."""
    lines = [json.dumps(q) + "\n" for q in questions]
    writer = threading.Thread(target=feed, args=(program.stdin, lines))
    writer.start()
    counts, difference = collections.Counter(), None
    for question, line in zip(questions, lines):
        answer = json.loads(program.stdout.readline())
        expected = evaluator.decide(question)
        counts[expected] += 1
        given = (answer["decision"], answer["by"])
        if difference is None and (given != expected or answer["id"] != question["id"] or "error" in answer):
            difference = "question: %sprogram: %s\nslow evaluator: %s" % (line, json.dumps(answer), expected)
    writer.join()
    return difference, counts


def run(job):
    path, seed, count = job
    source = generator.Generator(seed)
    counts = collections.Counter()
    with subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        while source.number < count:
            questions = []
            while len(questions) < BATCH and source.number < count:
                questions += source.group(min(REQUESTS_OF_A_GROUP, count - source.number))
            difference, batch = compare_batch(program, questions)
            counts += batch
            if difference:
                program.stdin.close()
                return "seed %d: %s" % (seed, difference), counts
        program.stdin.close()
        if program.wait() != 0:
            return "seed %d: the program ended with %d" % (seed, program.returncode), counts
    return None, counts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--count", type=int, default=100000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    pieces = max(options.jobs, options.count // 250000)
    share = -(-options.count // pieces)
    jobs = [(options.program, options.seed + i, min(share, options.count - i * share)) for i in range(pieces)]
    counts = collections.Counter()
    with multiprocessing.Pool(options.jobs) as pool:
        for difference, batch in pool.imap(run, jobs):
            counts += batch
            if difference:
                print(difference)
                sys.exit(1)
    for (decision, by), number in sorted(counts.items()):
        print("%9d %s by %s" % (number, decision, by))
    print("%d decisions from seed %d, no difference" % (sum(counts.values()), options.seed))


if __name__ == "__main__":
    main()
