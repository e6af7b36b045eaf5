"""`python -m benchmarks.bcrypt_alone COST TIMES` prints how many passwords per second this core can check."""

import sys
import time

import bcrypt


def main(cost: int, times: int) -> None:
    hashed = bcrypt.hashpw(b"a long passphrase", bcrypt.gensalt(cost))
    began = time.perf_counter()
    for _ in range(times):
        bcrypt.checkpw(b"a long passphrase", hashed)
    print(times / (time.perf_counter() - began))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
