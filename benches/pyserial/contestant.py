"""What most scripts do: write blindly, then read lines until the one that is hoped for comes.

contestant.py DEVICE once                 connects and publishes one message
contestant.py DEVICE PUBLISHES RECEIVES   the same in numbers; prints wall and CPU seconds of both
"""

import sys
import time

import serial

TOPIC = b"simcommsg"
PAYLOAD = b"x" * 64


def read_until(port, end):
    while True:
        line = port.readline()
        if not line:
            sys.exit(f"nothing came for {port.timeout} s while {end!r} was awaited")
        if line.strip() == end:
            return


def ask(port, command, end=b"OK"):
    port.write(command + b"\r")
    read_until(port, end)


def connect(port):
    ask(port, b"ATE0")
    ask(port, b"AT+CMQTTSTART", b"+CMQTTSTART: 0")
    ask(port, b'AT+CMQTTACCQ=0,"python"')
    ask(port, b'AT+CMQTTCONNECT=0,"tcp://broker:1883",60,1', b"+CMQTTCONNECT: 0,0")


def publish(port, topic, payload):
    port.write(b"AT+CMQTTTOPIC=0,%d\r" % len(topic))
    port.write(topic)
    port.write(b"AT+CMQTTPAYLOAD=0,%d\r" % len(payload))
    port.write(payload)
    port.write(b"AT+CMQTTPUB=0,1,60\r")
    read_until(port, b"+CMQTTPUB: 0,0")


def timed(work):
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    print(time.perf_counter() - wall, time.process_time() - cpu)


def main():
    port = serial.Serial(sys.argv[1], 115200, timeout=10)
    connect(port)
    if sys.argv[2] == "once":
        publish(port, TOPIC, PAYLOAD)
        print("delivered", flush=True)
        return
    publishes, receives = int(sys.argv[2]), int(sys.argv[3])
    timed(lambda: [publish(port, TOPIC, PAYLOAD) for _ in range(publishes)])
    publish(port, b"burst", b"%d" % receives)
    timed(lambda: [read_until(port, b"+CMQTTRXEND: 0") for _ in range(receives)])


main()
