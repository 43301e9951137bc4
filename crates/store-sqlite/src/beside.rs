//! What stands beside the history: API keys, credentials of gateways, blocks of the audit log, and other records that may be
//! changed and erased.

use engine::{ApiKey, AuditBlock, GatewaySecret, SideKind, SideRecord, SideWrite};
use receivables::approval::PersonName;
use receivables::text::Text;
use rusqlite::Connection;

use crate::codec::{Db, corrupt, instant, int};
use crate::rows::{self, all, one};

/// Every API key, by name.
pub(crate) fn api_keys(conn: &Connection) -> Db<Vec<ApiKey>> {
    let sql = "SELECT name, hash, role, created_us, revoked_us, roles, expires_us, person \
               FROM api_key LEFT JOIN api_key_access USING (name) ORDER BY name";
    let moment = |at: Option<i64>| {
        at.map(|at| jiff::Timestamp::from_microsecond(at).map_err(corrupt)).transpose()
    };
    all(conn, sql, [], |row| {
        let roles: Option<String> = row.get(5)?;
        let role: i64 = row.get(2)?;
        Ok(ApiKey {
            name: row.get(0)?,
            hash: row.get(1)?,
            roles: match roles {
                Some(roles) => serde_json::from_str(&roles).map_err(corrupt)?,
                None => ApiKey::of_old_role(role).ok_or_else(|| corrupt(format!("role {role}")))?,
            },
            created_at: instant(row, 3)?,
            revoked_at: moment(row.get(4)?)?,
            expires_at: moment(row.get(6)?)?,
            person: match row.get::<_, Option<String>>(7)? {
                Some(person) => Some(PersonName::try_new(&person).map_err(corrupt)?),
                None => None,
            },
        })
    })
}

/// Stores or replaces an API key.
pub(crate) fn put_api_key(conn: &Connection, key: &ApiKey) -> Db<()> {
    let transaction = conn.unchecked_transaction()?;
    let row = (
        &key.name,
        key.hash,
        key.old_role(),
        key.created_at.as_microsecond(),
        key.revoked_at.map(jiff::Timestamp::as_microsecond),
    );
    transaction.execute("INSERT OR REPLACE INTO api_key VALUES (?1, ?2, ?3, ?4, ?5)", row)?;
    let roles = serde_json::to_string(&key.roles).map_err(corrupt)?;
    let expires = key.expires_at.map(jiff::Timestamp::as_microsecond);
    let sql = "INSERT OR REPLACE INTO api_key_access (name, roles, expires_us, person) \
               VALUES (?1, ?2, ?3, ?4)";
    let person = key.person.as_ref().map(Text::as_str);
    transaction.execute(sql, (&key.name, roles, expires, person))?;
    Ok(transaction.commit()?)
}

/// The sealed credentials of gateways, by name.
pub(crate) fn gateway_secrets(conn: &Connection) -> Db<Vec<GatewaySecret>> {
    let sql = "SELECT name, sealed, stored_us FROM gateway_secret ORDER BY name";
    all(conn, sql, [], |row| {
        let stored_at = instant(row, 2)?;
        Ok(GatewaySecret { gateway: row.get(0)?, sealed: row.get(1)?, stored_at })
    })
}

/// Blocks of the audit log behind a number.
pub(crate) fn audit_blocks(conn: &Connection, after: u64, limit: usize) -> Db<Vec<AuditBlock>> {
    let sql = "SELECT block_no, first_no, last_no, made_us, previous, root, hash, signature, leaves \
               FROM audit_block WHERE block_no > ?1 ORDER BY block_no LIMIT ?2";
    all(conn, sql, (int(after), int(limit as u64)), rows::audit_block)
}

/// The last block of the audit log.
pub(crate) fn last_audit_block(conn: &Connection) -> Db<Option<AuditBlock>> {
    let sql = "SELECT block_no, first_no, last_no, made_us, previous, root, hash, signature, leaves \
               FROM audit_block WHERE block_no = (SELECT max(block_no) FROM audit_block)";
    one(conn, sql, [], rows::audit_block)
}

/// A record.
pub(crate) fn side(conn: &Connection, kind: SideKind, id: &str) -> Db<Option<SideRecord>> {
    let sql = "SELECT id, version, body FROM side_record WHERE kind = ?1 AND id = ?2";
    one(conn, sql, (kind.number(), id), rows::side_record)
}

/// Records of a kind in the order of their ids, behind one.
pub(crate) fn sides(
    conn: &Connection,
    kind: SideKind,
    after: &str,
    limit: usize,
) -> Db<Vec<SideRecord>> {
    let sql = "SELECT id, version, body FROM side_record WHERE kind = ?1 AND id > ?2 \
               ORDER BY id LIMIT ?3";
    all(conn, sql, (kind.number(), after, int(limit as u64)), rows::side_record)
}

/// Changes records, all or none; false if one of them does not have the version it was expected to have.
pub(crate) fn put_side(conn: &Connection, writes: &[SideWrite]) -> Db<bool> {
    let transaction = conn.unchecked_transaction()?;
    for SideWrite { kind, id, expected, body } in writes {
        let kind = kind.number();
        let changed = match (expected.map(int), body) {
            (None, None) => 0,
            (None, Some(body)) => transaction.execute(
                "INSERT INTO side_record (kind, id, version, body) VALUES (?1, ?2, 1, ?3) \
                 ON CONFLICT DO NOTHING",
                (kind, id, body),
            )?,
            (Some(version), Some(body)) => transaction.execute(
                "UPDATE side_record SET version = version + 1, body = ?4 \
                 WHERE kind = ?1 AND id = ?2 AND version = ?3",
                (kind, id, version, body),
            )?,
            (Some(version), None) => transaction.execute(
                "DELETE FROM side_record WHERE kind = ?1 AND id = ?2 AND version = ?3",
                (kind, id, version),
            )?,
        };
        if changed == 0 {
            return Ok(false);
        }
    }
    transaction.commit()?;
    Ok(true)
}
