# A whole session by Device::Modem: perl device_modem.pl MODEM CA-FILE SERVER-PORT
use strict;
use warnings;
use Device::Modem;

my ($path, $ca_file, $port) = @ARGV;
my $ca = do { local (@ARGV, $/) = $ca_file; <> };
my $modem = Device::Modem->new(port => $path, loglevel => 'err');
$modem->connect(baudrate => 115200, init_string => 'ATE0Q0V1') or die "no connection\n";

# Sends a line, or bytes as they are, and wants an answer with the pattern in it.
sub say_bytes {
    my ($bytes, $pattern) = @_;
    $modem->atsend($bytes);
    my $answer = $modem->answer($pattern, 10_000) // '';
    $answer =~ s/\r\n?/\n/g;
    die "$bytes: $answer\n" unless $answer =~ $pattern;
    return $answer;
}

sub command {
    my ($line, $pattern) = @_;
    return say_bytes("$line\r", $pattern // qr/(^|\n)OK/);
}

command('ATI', qr/Quectel.*Revision: .*OK/s);
command('AT+CGSN', qr/\d{15}.*OK/s);
command('AT+CPIN?', qr/READY.*OK/s);
command('AT+COPS?', qr/CHINA MOBILE.*OK/s);
command('AT+QICSGP=1,1,"cmnet"');
command('AT+QIACT=1');
command('AT+QFUPL="ca.pem",' . length $ca, qr/CONNECT/);
say_bytes($ca, qr/QFUPL: \d+.*OK/s);
command('AT+QSSLCFG="sslversion",1,3');
command('AT+QSSLCFG="seclevel",1,1');
command('AT+QSSLCFG="cacert",1,"ca.pem"');
command("AT+QSSLOPEN=1,1,4,\"127.0.0.1\",$port,0", qr/QSSLOPEN: 4,0/);
command('AT+QSSLSEND=4,10', qr/>/);
say_bytes('hello perl', qr/SEND OK.*"recv",4/s);
command('AT+QSSLRECV=4,1500', qr/QSSLRECV: 10\nhello perl\n.*OK/s);
command('AT+QSSLCLOSE=4');
command('AT+QIDEACT=1');
$modem->disconnect;
