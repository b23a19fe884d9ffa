//! Stories through real sockets: the sandbox as its clients, its notices' receivers and its driver see it.

#[cfg(test)]
mod billfazz;
mod codes;
#[cfg(test)]
mod digiflazz;
mod ecpay;
mod faults;
mod iak;
#[cfg(test)]
mod iak_bills;
// The attribute tells clippy that these helpers are test code too.
#[cfg(test)]
mod kit;
#[cfg(test)]
mod lapak;
mod messages;
#[cfg(test)]
mod pulsaif;
mod readings;
#[cfg(test)]
mod receiver;
#[cfg(test)]
mod redision;
mod restart;
#[cfg(test)]
mod suppliers;
