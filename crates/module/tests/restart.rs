//! What a module that starts anew leaves to its world: nothing.
#![allow(clippy::unwrap_used, reason = "a test: what breaks here fails it")]

use at::time::Instant;
use modemtwin_module::{Action, Channel, Input, Module, Operator, PortId, Setup};

const PORT: PortId = PortId(0);

fn actions(module: &mut Module) -> Vec<Action> {
    std::iter::from_fn(|| module.poll()).collect()
}

#[test]
fn the_socket_of_a_time_server_is_closed() {
    for ends in [Operator::Reset, Operator::PowerCut] {
        let mut module = Module::new(Setup::default(), Instant::ZERO);
        module.handle(Instant::ZERO, Input::PortAttached(PORT));
        for line in ["AT+QIACT=1\r", "AT+QNTP=1,\"192.0.2.4\"\r"] {
            module.rx(Instant::ZERO, Channel::Port(PORT), line.as_bytes());
        }
        let bound = actions(&mut module).into_iter().find_map(|action| match action {
            Action::Bind(id, ..) => Some(id),
            _ => None,
        });
        module.handle(Instant::ZERO, Input::Operator(ends));
        let closed = |action: &Action| matches!(action, Action::Close(id, _) if *id == bound.unwrap());
        assert!(actions(&mut module).iter().any(closed));
    }
}
