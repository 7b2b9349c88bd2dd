//! The world against the thinnest module there is: every line gets an answer.

use super::*;
use module::AtPort;

fn world() -> World {
    World::new(Setup { ports: vec![AtPort::Uart1], ..Setup::default() })
}

const PORT: PortId = PortId(0);

#[test]
fn a_line_is_answered_whatever_its_pieces() {
    for split in [Split::Whole, Split::Bytes, Split::Random(1)] {
        let mut world = world();
        world.set_split(split.clone());
        world.take_output(PORT);
        world.send(PORT, b"AT\r");
        assert_eq!(world.take_output(PORT), b"AT\r\r\nOK\r\n", "{split:?}");
    }
}

#[test]
fn a_host_that_does_not_read_gets_everything_later() {
    let mut world = world();
    world.take_output(PORT);
    world.set_host_reads(PORT, false);
    world.send(PORT, b"AT\r");
    assert_eq!(world.take_output(PORT), b"");
    world.set_host_reads(PORT, true);
    assert_eq!(world.take_output(PORT), b"AT\r\r\nOK\r\n");
}

#[test]
fn time_passes_only_when_told() {
    let mut world = world();
    let start = world.now();
    world.run_for(Duration::from_millis(999));
    assert_eq!(world.now() - start, Duration::from_millis(999));
}
