//! Serial devices: ptys stand for them, which have everything but modem lines.

mod pins;

use super::*;
use crate::Flow;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::{fs::File, os::fd::OwnedFd};

/// The host's end of a cable, and the device at this end.
fn cable() -> (File, PathBuf) {
    let host: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&host).unwrap();
    unlockpt(&host).unwrap();
    let device = ptsname(&host, Vec::new()).unwrap().into_string().unwrap().into();
    (File::from(host), device)
}

fn open(device: &Path) -> Result<Port, SetupError> {
    Port::open("uart1", &Endpoint::Serial { device: device.to_owned(), baud: 9600, flow: Flow::None })
}

#[test]
fn a_device_passes_every_byte_both_ways_as_it_is() {
    run(async {
        let (mut host, device) = cable();
        let mut port = open(&device).unwrap();
        assert_eq!(port.place(), Place::Serial(device.clone()));
        assert_eq!(next(&mut port).await, Seen::Attached);
        assert_eq!(now(&mut port, &mut [0]).await, Poll::Pending);
        // Linux shows them at both ends of a pty; the device itself is locked.
        let modes = tcgetattr(&host).unwrap();
        assert_eq!((modes.input_speed(), modes.output_speed()), (9600, 9600));
        let every: Vec<u8> = (0..=255).collect();
        host.write_all(&every).unwrap();
        assert_eq!(next(&mut port).await, Seen::Data(every.clone()));
        write_all(&mut port, &every).await;
        let mut back = [0; 256];
        host.read_exact(&mut back).unwrap();
        assert_eq!(back.to_vec(), every);
        // Lines that the device does not have change nothing.
        port.set_lines(ModuleLines { dcd: true, ri: true, dsr: true, cts: false });
        assert_eq!(now(&mut port, &mut [0]).await, Poll::Pending);
    });
}

#[test]
fn an_unplugged_device_is_opened_again_when_it_returns() {
    run(async {
        tokio::time::pause();
        let folder = Folder::new("unplug");
        let name = folder.0.join("ttyUSB0");
        let (host, device) = cable();
        symlink(&device, &name).unwrap();
        let mut port = open(&name).unwrap();
        assert_eq!(next(&mut port).await, Seen::Attached);
        drop(host);
        fs::remove_file(&name).unwrap();
        assert_eq!(next(&mut port).await, Seen::Detached);
        write_all(&mut port, &[0; 100_000]).await;
        for _ in 0..3 {
            tokio::time::advance(Duration::from_secs(1)).await;
            assert_eq!(now(&mut port, &mut [0]).await, Poll::Pending);
        }
        let (mut host, device) = cable();
        symlink(&device, &name).unwrap();
        assert_eq!(next(&mut port).await, Seen::Attached);
        host.write_all(b"AT\r").unwrap();
        assert_eq!(next(&mut port).await, Seen::Data(b"AT\r".to_vec()));
    });
}

#[test]
fn the_rate_changes_behind_what_was_written() {
    run(async {
        let (mut host, device) = cable();
        let mut port = open(&device).unwrap();
        assert_eq!(next(&mut port).await, Seen::Attached);
        write_all(&mut port, b"OK").await;
        port.set_rate(115_200, |text| panic!("{text}"));
        // What comes next waits for it.
        write_all(&mut port, b"+").await;
        assert_eq!(tcgetattr(&host).unwrap().output_speed(), 115_200);
        let mut all = [0; 3];
        host.read_exact(&mut all).unwrap();
        assert_eq!(&all, b"OK+");
    });
}

#[test]
fn errors_name_the_device_the_reason_and_the_remedy() {
    run(async {
        let missing = open(Path::new("/dev/ttyNOSUCH7")).unwrap_err();
        assert_eq!(missing.place, "serial:/dev/ttyNOSUCH7");
        assert_eq!(missing.reason, "there is no such device");
        assert!(missing.remedy.contains("/dev/serial/by-id"));

        let (_host, device) = cable();
        let _first = open(&device).unwrap();
        let busy = open(&device).unwrap_err();
        assert_eq!(busy.reason, "it is busy: another program has it open");
        assert!(busy.remedy.contains(&format!("fuser -v {}", device.display())));

        let none = open(Path::new("/dev/null")).unwrap_err();
        assert!(none.reason.starts_with("it is no serial device"), "{none}");
        let folder = open(Path::new("/tmp")).unwrap_err();
        assert_eq!(folder.place, "serial:/tmp");
    });
}
